// The time of a request in the form of the Common Log Format, worked out once a second.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

let second = Number.NaN
let formatted = ''

/**
 * `[29/Nov/2026:00:10:30 +0000]`, in the time zone of the process.
 * @param milliseconds since the epoch
 */
export const logTime = (milliseconds: number): string => {
  const now = Math.floor(milliseconds / 1000)
  if (now !== second) {
    second = now
    formatted = format(new Date(now * 1000))
  }
  return formatted
}

const format = (date: Date): string => {
  const day = `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}`
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  const west = date.getTimezoneOffset()
  const offset = Math.abs(west)
  const zone = `${west > 0 ? '-' : '+'}${two(Math.floor(offset / 60))}${two(offset % 60)}`
  return `[${day}:${time} ${zone}]`
}

const two = (number: number): string => String(number).padStart(2, '0')

import type { HttpScope, Receive, Send } from '@pagi/spec'

// What applications of these tests are mostly made of.

type Http = (scope: HttpScope, receive: Receive<'http'>, send: Send<'http'>) => Promise<void>

export const start = (status = 200, headers: readonly (readonly [string, string])[] = []) =>
  ({ type: 'http.response.start', status, headers }) as const

export const last = (body: string | Uint8Array = '') =>
  ({ type: 'http.response.body', body }) as const

export const more = (body: string | Uint8Array) =>
  ({ type: 'http.response.body', body, more: true }) as const

/** Answers with a text. */
export const say =
  (text: string): Http =>
  async (_scope, _receive, send) => {
    await send(start())
    await send(last(text))
  }

/** The whole request body, as text. */
export const bodyOf = async (receive: Receive<'http'>): Promise<string> => {
  let text = ''
  for (;;) {
    const event = await receive()
    if (event.type !== 'http.request') return `${text}…`
    text += new TextDecoder().decode(event.body)
    if (!event.more) return text
  }
}

/** A promise to be settled from outside. */
export const gate = (): { readonly passed: Promise<void>; readonly open: () => void } => {
  let open = (): void => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

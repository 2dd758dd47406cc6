/** What `pagi-server fetch|sse|ws --help` prints. */

export const TRY_HELP = `Usage: pagi-server fetch [options] [app] [path] [key=value ...]
       pagi-server sse   [options] [app] [path] [key=value ...]
       pagi-server ws    [options] [app] [path] [key=value ...]

Runs an application in memory, asks it once, and prints what it answers: without
a server, a port or a wait. app is as for pagi-server; the path is / by itself.

fetch asks for a response, sse opens an event stream, and ws a WebSocket: each
line of the input is sent as a message, each message that comes is printed, a
binary one in base64. It closes when the input has ended and as many messages
have come as were sent.

  -X, --request METHOD     method (GET, or POST where there is a body)
  -H, --header 'NAME: VALUE'
                           a field of the request; again for more
  -d, --data TEXT          body of the request; @file is that of a file, @- the
                           input
  -i, --include            print the head of the response, too
  -n, --count NUMBER       leave after so many events or messages (sse, ws)
      --subprotocol NAME   a subprotocol to offer; again for more (ws)
  -E, --env NAME           environment, as for pagi-server
      --no-lint            do not warn, in development, of what is against the
                           specification
  -h, --help

Limits and everything else are set by the variables of pagi-server.

Examples:
  pagi-server fetch app.ts /users/7 -i
  pagi-server fetch app.ts /users -d name=Ada
  pagi-server sse app.ts /events -n 3
  echo hello | pagi-server ws app.ts /chat

Exit codes: 0 answered, 22 answered with a status of 400 or above, 1 the answer
did not come to its end, or the WebSocket was closed with an error; 2 wrong
usage, 3 the application did not load or start.
`

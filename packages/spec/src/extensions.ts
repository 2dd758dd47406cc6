/** Optional capabilities of a server, advertised in `scope.extensions`. */

/** What is known of the TLS connection of a scope (TLS-01). Fields may be worked out on first reading. */
export interface TlsExtension {
  /** PEM of the certificate the server sent (TLS-02). */
  server_cert: string | null
  /** PEM of the client's certificates, leaf first; empty when there are none (TLS-03). */
  client_cert_chain: readonly string[]
  /** Subject of the client's certificate as RFC 4514 writes it (TLS-04). */
  client_cert_name: string | null
  /** Why the client's certificate is not trusted; null when it is, or when there is none (TLS-05). */
  client_cert_error: string | null
  /** Protocol number: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3 (TLS-06). */
  tls_version: number | null
  /** IANA number of the cipher suite (TLS-07). */
  cipher_suite: number | null
}

/**
 * The capabilities of `scope.extensions`: a key that is present is supported (CORE-07, CORE-08).
 * Extend by declaration merging, with optional keys (EXT-01).
 */
export interface Extensions {
  /** The TLS connection; present on TLS connections only (TLS-01). */
  tls?: TlsExtension
  /** Present, as `{}`, when `http.fullflush` may be sent (EXT-03). */
  fullflush?: object
}

/** Forces buffered output out. Only where `extensions.fullflush` is present (EXT-02, EXT-03). */
export interface HttpFullflushEvent {
  /** Names the event. */
  type: 'http.fullflush'
}

/** The events of extensions, by type. Extend by declaration merging, with each event's `type`. */
export interface ExtensionSendEvents {
  /** See {@link HttpFullflushEvent}. */
  'http.fullflush': HttpFullflushEvent
}

/** Any event of an extension. */
export type Ext = ExtensionSendEvents[keyof ExtensionSendEvents]

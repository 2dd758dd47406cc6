/** Version of the PAGI core, for `scope.pagi.version` (CORE-03). */
export const PAGI_VERSION = '0.5'

/** Version of `http`, `websocket` and `sse`, for `scope.pagi.spec_version` (CORE-04). */
export const WWW_SPEC_VERSION = '0.6'

/** Version of `lifespan`, for `scope.pagi.spec_version` (CORE-04). */
export const LIFESPAN_SPEC_VERSION = '0.3'

// A module that needs one which cannot be parsed.
import unparsable from 'data:text/javascript,export%20default%20('

export default unparsable

// A module that fails while it is loaded.
throw new Error('this module does not load')

// Nothing here is meant as an application.
export const unrelated = 1

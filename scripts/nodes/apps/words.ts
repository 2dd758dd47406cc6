/** An enum, which Node alone would refuse. */
export enum Word {
  Hello = 'hello',
}

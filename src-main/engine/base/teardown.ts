/** What was opened, to be closed in reverse order. A step that fails does not keep the next from running. */
export class Teardown {
  readonly #steps: Array<() => Promise<void> | void> = []

  /** Adds a step and gives back what it is about. */
  add<Thing>(thing: Thing, close: (thing: Thing) => Promise<void> | void): Thing {
    this.#steps.push(() => close(thing))
    return thing
  }

  /** Runs every step once; afterwards throws the first failure, if there was one. */
  async run(): Promise<void> {
    const failures: unknown[] = []
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}

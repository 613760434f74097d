/**
 * Small worlds in which things collide: a few visitors, installations and customers share a few codes, and every moment
 * lies on an edge or a millisecond beside one.
 */
import fc from 'fast-check'
import { arbitraryEvents, arbitraryInstallEvents } from './arbitrary-events.ts'
import { arbitrarySteps } from './arbitrary-steps.ts'
import type { Story } from './story.ts'

export { strangersEvent } from './arbitrary-events.ts'
export { CUSTOMERS, INSTALLS } from './arbitrary-moments.ts'

/** A whole small world. */
export const arbitraryStory: fc.Arbitrary<Story> = fc.record({
  steps: arbitrarySteps,
  events: arbitraryEvents,
})

/** A small world that is all about installations. */
export const arbitraryInstallStory: fc.Arbitrary<Story> = fc.record({
  steps: arbitrarySteps,
  events: arbitraryInstallEvents,
})

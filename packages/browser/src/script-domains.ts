import { watchLinks } from './links.ts'
import { startByTag } from './tag.ts'

// The default script and the links between a vendor's own domains (`data-sentby-domains`).
startByTag(({ domains }) => watchLinks(domains))

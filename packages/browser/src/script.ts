import { startByTag } from './tag.ts'

startByTag()

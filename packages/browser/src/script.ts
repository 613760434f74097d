import { safe } from './safe.ts'
import { startByTag } from './tag.ts'

safe(() => startByTag())

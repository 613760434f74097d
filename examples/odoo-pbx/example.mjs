/** The example's parts, for programs and tests that play other machines. */
export { connect, setUp } from './collector.mjs'
export { downloadInBrowser, downloadWithCurl } from './download.mjs'
export { installOn, missingTool } from './install.mjs'
export { buildDownloads } from './pack/build.mjs'
export { play } from './play.mjs'
export { hasTool, runTool } from './tools.mjs'

/** An address without query and fragment, which can hold anything about a person (RULES S3). */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

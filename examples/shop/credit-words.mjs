/** The collector's words in plain English (its own table: docs/attribution.md). */

export const KINDS = {
  assigned: 'Assigned by the vendor',
  imported: 'Imported from another system',
  lead: 'Referred by name',
  typed: 'Typed the code',
  coupon: 'Redeemed a coupon',
  stamp: 'Installed a stamped download',
  link: 'Followed the link',
  hint: 'Downloaded under the name',
}

/** Per verdict: a badge, how it looks, and what it means. */
export const VERDICTS = {
  won: ['Won', 'good', 'This is what gives the credit.'],
  outranked: ['Outranked', 'calm', 'It counts, and something else ranks higher.'],
  outside_window: ['Too old', 'calm', 'It happened too long before the signup.'],
  after_anchor: ['Too late', 'calm', 'It happened after the customer had signed up.'],
  self_referral: ['Own account', 'bad', 'Partner and customer are the same person.'],
  inactive: ['Not active', 'bad', 'The partner was not active at that time.'],
  bot: ['Bot', 'bad', 'A program opened the link, not a person.'],
  framed: ['In a frame', 'bad', 'The page stood in a frame of another page.'],
  unverified: [
    'Unverified',
    'calm',
    'Nothing that the vendor vouches for connects it to this customer.',
  ],
  alias_ended: ['Code ended', 'bad', 'It was a code of a former system, which had ended.'],
  lapsed: ['Too late', 'calm', 'The code was entered after the time for late codes.'],
  revoked: ['Revoked', 'bad', 'The download was revoked.'],
}

export const NO_CREDIT = {
  no_evidence: 'No link, code or other evidence of a partner reaches this customer.',
  no_conversion: 'Nothing that the vendor vouches for makes this a customer yet.',
  all_struck: 'There is evidence, and none of it counts: below stands why.',
  assigned_to_nobody: 'The vendor decided that nobody gets it.',
}

export const PROVISIONAL = {
  unverified: 'Provisional: it rests on what only the browser said.',
  contested: 'Provisional: several partners claim this customer.',
  shared: 'Provisional: many customers share this browser.',
}

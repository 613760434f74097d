/**
 * Every word that an answer may use as a reason or a verdict, with its meaning. Each list of the contract
 * is a part of this table; a word that is not here is never sent.
 */
export const WORDS = {
  // Verdicts of a candidate (CONTRACT §4.3).
  won: 'This evidence gives the credit.',
  outranked: 'Eligible, and another piece of evidence ranks higher.',
  outside_window: 'Older than the window of its kind before the anchor.',
  after_anchor: 'Happened after the customer was won.',
  self_referral: 'The partner is the customer.',
  inactive: 'The partner was not active when it happened or at the anchor.',
  bot: 'A program, not a person, opened the link.',
  framed: 'The page stood inside a frame of another site.',
  unverified: 'It rests on an open tie that carries nothing.',
  alias_ended: "The old system's code had ended.",
  lapsed: 'A code entered after the time for late codes.',
  revoked: 'The download was revoked.',
  // Why a stamp does not count.
  bad_stamp: 'The stamp is damaged, or nobody known has signed it.',
  foreign_product: 'The stamp belongs to another product.',
  expired: 'The time of the stamp is over.',
  // What an installation that reports itself is told (CONTRACT §4.2).
  attributed: 'A partner is credited with the installation.',
  unattributed: 'No partner is credited with the installation.',
  conflict: 'Another partner is credited already.',
  duplicate: 'The same report arrived before.',
  cloned: 'Its receipt was used by a copy of it; report again under an id of its own.',
  malformed: 'The line is no claim line.',
  bad_check: 'A part of the line was lost or changed on the way.',
  // Who gives first-line support.
  credited: 'The partner that is credited gives it.',
  not_found: 'Nothing by that name is known.',
  no_support: "The credited partner's group gives no support.",
  // Why a customer has no credit.
  no_conversion: 'No trusted signup, install or sale names the customer yet.',
  no_evidence: 'No visit, code or other evidence reaches the customer.',
  all_struck: 'Evidence is there, and none of it counts; each candidate says why.',
  assigned_to_nobody: 'The vendor took the credit away.',
  // Why credit is provisional (RULES A4); also reasons of rewards on hold.
  contested: 'Open visitors name several partners.',
  shared: 'A visitor or an installation has more than 20 customers.',
  // Why an event was rejected.
  invalid_event: 'The event does not fit its schema.',
  secret_key_required: 'Only a secret key may send this.',
  too_large: 'The event is larger than its key allows.',
  bad_signature: 'The signature does not fit the customer.',
  unknown_partner: 'No partner of the program has this id.',
  // Why an event waits or stands aside.
  waits_for_sale: 'The sale of this refund has not arrived.',
  waits_for_code: 'The first event of this lead, with its code, has not arrived.',
  other_content: 'The id is taken by an event with other content.',
  // Verdicts of a code (CONTRACT §4.1).
  accepted: 'The code names an active partner.',
  unknown_code: 'No partner has this code.',
  not_creditable: 'The code is known and this event cannot earn credit.',
  deferred: 'Asked too often; the event is stored, the answer comes later.',
  // Why a sale earns nothing (CONTRACT §4.4).
  no_credit: 'Nobody is credited with the customer.',
  term_ended: 'The time in which the customer earns is over.',
  capped: 'A cap of the terms is reached.',
  cancelled_before_qualification: 'The customer cancelled before the reward was earned.',
  payable_elsewhere: 'It belongs to the former system.',
  zero_amount: 'Nothing was paid.',
  no_terms: 'The group has no terms for this.',
  already_credited: "Another partner's reviewed reward stands on the sale.",
  order_conflict: 'Two sales of this order disagree.',
  partner_inactive: 'The partner is not active any more.',
  // Why an approved balance is not paid now (CONTRACT §4.3).
  under_minimum: 'The balance is below the minimum of a payout.',
  in_debt: 'More was taken back than earned; later rewards pay it off.',
  unpublished: 'It was approved, and the day on which partners see that has not come.',
  no_payout_method: 'The partner has not said how it is paid.',
  bad_destination: 'The details of how the partner is paid do not fit the method.',
} as const

export type Word = keyof typeof WORDS

export const CANDIDATE_VERDICTS = [
  'won',
  'outranked',
  'outside_window',
  'after_anchor',
  'self_referral',
  'inactive',
  'bot',
  'framed',
  'unverified',
  'alias_ended',
  'lapsed',
  'revoked',
] as const satisfies readonly Word[]

export type CandidateVerdict = (typeof CANDIDATE_VERDICTS)[number]

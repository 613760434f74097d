/** Whom a lead is about: the last of each that its facts told, where it was not erased. */
import type { ToldLead } from '@sentby/store'

export interface Contact {
  name: string | null
  email: string | null
  company: string | null
  note: string | null
}

const NOBODY: Contact = { name: null, email: null, company: null, note: null }

/**
 * Folds what was told, the earliest first, into a contact for each lead. The `note` of a decision is its reason and no
 * part of it.
 */
export function contactsOf(told: readonly ToldLead[]): Map<string, Contact> {
  const contacts = new Map<string, Contact>()
  for (const fact of told) {
    const known = contacts.get(fact.lead) ?? NOBODY
    contacts.set(fact.lead, {
      name: fact.name ?? known.name,
      email: fact.email ?? known.email,
      company: fact.company ?? known.company,
      note: isDecision(fact) ? known.note : (fact.note ?? known.note),
    })
  }
  return contacts
}

/** The reason that each decision gave, by its event. */
function reasonsOf(told: readonly ToldLead[]): Map<string, string> {
  return new Map(
    told.flatMap((fact) =>
      isDecision(fact) && fact.note !== null ? [[fact.event, fact.note] as const] : [],
    ),
  )
}

/** What some leads' facts told: contacts by lead, and reasons by the event that gave them. */
export interface ToldOfLeads {
  contacts: ReadonlyMap<string, Contact>
  reasons: ReadonlyMap<string, string>
}

/** @param told the earliest first. */
export function toldOf(told: readonly ToldLead[]): ToldOfLeads {
  return { contacts: contactsOf(told), reasons: reasonsOf(told) }
}

function isDecision({ content }: ToldLead): boolean {
  const { status } = JSON.parse(content) as { status?: string }
  return status === 'accepted' || status === 'declined'
}

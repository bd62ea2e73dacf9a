/* addresses.h - a small domain whose decisions look at other aggregates: persons who
 * claim and release addresses, and lamps of which at most one of two is on. */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <jangle/jangle.h>

/* ---- commands of persons ----------------------------------------------------- */

/* Refused if somebody else has it, or if it is had already. */
struct claim_address {
    const char *person_id;
    const char *address;
};

/* Refused if it is not had. */
struct release_address {
    const char *person_id;
    const char *address;
};

/* Gives it to another in one commit. */
struct hand_address {
    const char *person_id;
    const char *address;
    const char *to;
};

/* Replies who has it, "nobody" if it is free. */
struct whose_address {
    const char *person_id;
    const char *address;
};

/* Begins a club, which must be new, in the name of an address that must be had. */
struct begin_club {
    const char *person_id;
    const char *club;
    const char *address;
};

/* Looks at the addresses "0", "1"... so many, each twice, and at itself. */
struct look_around {
    const char *person_id;
    int64_t count;
};

/* Looks at what cannot be looked at, and tries to hide it. */
struct look_wrongly {
    const char *person_id;
    const char *how;
};

extern const struct jangle_message claim_address, release_address, hand_address;
extern const struct jangle_message whose_address, begin_club, look_around, look_wrongly;

/* Decided by the address itself: it is another's from now on. */
struct seize_address {
    const char *address;
    const char *to;
};

extern const struct jangle_message seize_address;

/* ---- commands of lamps ------------------------------------------------------- */

/* Refused while the other one is on. */
struct turn_on {
    const char *lamp_id;
    const char *other_id;
};

struct turn_off {
    const char *lamp_id;
};

extern const struct jangle_message turn_on, turn_off;

/* ---- events ------------------------------------------------------------------ */

struct address_got {
    const char *address;
};

struct address_given {
    const char *address;
};

struct address_claimed {
    const char *person_id;
};

struct address_released {
    const char *person_id;
};

struct club_begun {
    const char *person_id;
};

struct lamp_on {
    jangle_nothing nothing;
};

struct lamp_off {
    jangle_nothing nothing;
};

extern const struct jangle_message address_got, address_given;
extern const struct jangle_message address_claimed, address_released, club_begun;
extern const struct jangle_message lamp_on, lamp_off;

/* ---- states ------------------------------------------------------------------ */

struct person_state {
    int64_t count; /* of addresses that it has */
};

struct address_state {
    const char *owner; /* "": it is free */
    int64_t claims;
};

struct lamp_state {
    bool on;
};

extern const struct jangle_message person_state, address_state, lamp_state;
extern const struct jangle_aggregate person_aggregate, address_aggregate, club_aggregate;
extern const struct jangle_aggregate lamp_aggregate;
extern const struct jangle_aggregates address_aggregates;

/* What happens after a decision has looked, before it is made: once, unless it sets
 * itself again. NULL: nothing. */
extern void (*addresses_meanwhile)(void);

/* Calls of deciders that looked; the last state that look_wrongly was handed. */
extern _Atomic int64_t addresses_looked;
extern const void *addresses_handed;

#endif

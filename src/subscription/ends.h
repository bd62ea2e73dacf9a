/* ends.h - ends of events that were handled: each is a record, and a group that commits
 * for somebody else takes it along.
 *
 * A turn of a saga ends with a record. To commit it alone would cost as much as the
 * turn's step. So the end waits in memory, the run goes on with other events, and the
 * next group carries the end (JN_ENDS_LIMIT of them wait at most, and none longer than
 * config.checkpoint_interval_ms). Until the store has answered OK, the position of the
 * subscription stays before the event. So a crash loses the end and delivers the event
 * again; its steps are answered from their record. The checkpoint of that position is in
 * no group that carries the end, because the members of a group may be stored one by one.
 *
 * The subscription's runs are `ahead` of its position meanwhile. All else that looks at
 * it or changes it (timeouts, retries, operators, who waits for it) has the ends stored
 * first, and finds `ahead` and position to be the same.
 *
 * The mutex of dispatch guards the ends. A group is at the store for long, so an end that
 * it carries is SUBMITTED and changes no more, until the group settles it. */
#ifndef JN_ENDS_H
#define JN_ENDS_H

#include "command/commit.h"
#include "subscription/subscription.h"

enum jn_end_state {
    JN_END_WAITS,
    JN_END_SUBMITTED, /* a group that is at the store carries it */
    JN_END_TAKEN,     /* the next turn goes on from it, and its record may store both */
    JN_END_FORGOTTEN  /* submitted, and nobody wants to know what becomes of it */
};

struct jn_end {
    struct jn_end *next;
    struct jn_subscription *subscription;
    enum jn_end_state state;
    bool failed;              /* it was not stored: its event has to be delivered again */
    int64_t last;             /* the position of the event that it ends the handling of */
    int64_t position;         /* the same, but of the first event if it ends several... */
    bool passed;              /* ...which `ahead` is past... */
    struct jn_reached before; /* ...and then this is the event before it */
    int64_t epoch;            /* of the store, before the record was read that this one
                                 follows: a fence since makes it CONFLICT (ST-31) */
    struct jangle_saga_record record;
};

/* ---- of a run, and of who takes part in it ------------------------------------- */

/* May the end of the event at that position wait? No if too many do, or one of them was
 * not stored, or the event has been delivered again for that reason. */
bool jn_ends_may_wait(const struct jn_subscription *subscription, int64_t position);

/* Let it wait; from now on it is the subscription's. */
void jn_ends_add(struct jn_subscription *subscription, struct jn_end *end);

/* The end that the saga of that id left, which is TAKEN then; NULL if none waits. If it
 * is at the store, wait until it is known what became of it. */
struct jn_end *jn_ends_take_over(struct jn_subscription *subscription, const char *id);

/* It waits again; it was stored with another record; `end` stands for both. In the last
 * two cases the old one is freed. */
void jn_ends_give_back(struct jn_end *end);
void jn_ends_note_stored(struct jn_end *end);
void jn_ends_replace(struct jn_end *old, struct jn_end *end);

/* The run's move passes the event at `position`, from the event before it. */
void jn_ends_pass(struct jn_subscription *subscription,
                  int64_t position,
                  int64_t before,
                  const unsigned char before_id[JANGLE_ID_SIZE]);

/* Do ends wait? Then a run that is about to do anything but go on calls the next one. */
bool jn_ends_wait(const struct jn_subscription *subscription);

/* Store the ends that wait, and bring the position up to `ahead`. If one cannot be
 * stored, `ahead` goes back to the position instead, so that the events from there on are
 * delivered again, and their ends are stored at once; then this is false. Only for the
 * run, when nobody takes part in it, or for who holds the subscription. Without the
 * mutex. */
bool jn_ends_store(struct jn_subscription *subscription);

/* The same before a run, if an end was not stored, or if the run is so far ahead of the
 * stored checkpoint that the guard against crashes (subscription/crash_guard.c) would not
 * know the event that it is at. */
void jn_ends_prepare(struct jn_subscription *subscription);

/* ---- of any thread ------------------------------------------------------------- */

/* Store the ends that wait, of that subscription or of all, and return when they are
 * settled: whoever looks at sagas calls this first. False if there were none. Not under
 * the mutex. */
bool jn_ends_flush(const struct jn_subscription *subscription);
bool jn_ends_flush_all(struct jn_dispatch *dispatch);

/* Somebody waits until the subscription is past that position: if only ends that wait
 * keep it from there, or from where it is suspended, store them, and return true. */
bool jn_ends_hasten(const struct jn_subscription *subscription, int64_t position);

/* ---- under the mutex ----------------------------------------------------------- */

/* Let the position pass what is stored by now. Nobody else runs or holds the
 * subscription. */
void jn_ends_raise(struct jn_subscription *subscription);

/* They are not stored, or it does not matter any more. */
void jn_ends_forget(struct jn_subscription *subscription);

/* ---- of the committer ------------------------------------------------------------ */

struct jn_end_source jn_end_source_of(struct jn_dispatch *dispatch);

#endif

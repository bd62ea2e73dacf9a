/* tills.h - a small domain for sagas: tills between which money is moved, and what a saga
 * does on the way is told by a script. */
#ifndef TILLS_H
#define TILLS_H

#include "support/domains/follower.h"

/* Commands. A till refuses what it cannot pay, and all but opening while it is closed. */

struct open_till {
    const char *till_id;
    int64_t amount;
};

struct close_till {
    const char *till_id;
};

/* Begins a move: paid_out. */
struct pay_out {
    const char *till_id;
    const char *move_id;
    const char *to_id;
    int64_t amount;
};

struct pay_in {
    const char *till_id;
    const char *move_id;
    int64_t amount;
};

struct give_back {
    const char *till_id;
    const char *move_id;
    int64_t amount;
};

/* Says something to a move, and changes nothing. */
struct call_move {
    const char *till_id;
    const char *move_id;
    const char *word;
};

extern const struct jangle_message open_till, close_till, pay_out, pay_in, give_back;
extern const struct jangle_message call_move;

/* Events. */

struct till_opened {
    int64_t amount;
};

struct till_closed {
    int64_t amount;
};

struct paid_out {
    const char *move_id;
    const char *to_id;
    int64_t amount;
};

struct paid_in {
    const char *move_id;
    int64_t amount;
};

struct given_back {
    const char *move_id;
    int64_t amount;
};

struct move_called {
    const char *move_id;
    const char *word;
};

extern const struct jangle_message till_opened, till_closed, paid_out, paid_in;
extern const struct jangle_message given_back, move_called;

extern const struct jangle_aggregate till_aggregate;

/* The plain saga: pays in there, or gives back here. It times out after an hour. */
extern const struct jangle_saga move_saga;

struct move_state {
    const char *from_id;
    const char *to_id;
    int64_t amount;
    int64_t calls;
};

extern const struct jangle_message move_state;

/* A note that counts. */
struct call_counted {
    int64_t count;
};

extern const struct jangle_message call_counted;

/* The reactions, for sagas of other shapes. */
void apply_paid_out(void *state, const struct jangle_event *event);
void apply_call_counted(void *state, const struct jangle_event *event);
enum jangle_result move_react_paid_out(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event);
enum jangle_result move_on_timeout(struct jangle_turn *turn,
                                   const void *state,
                                   const struct jangle_event *event);

/* ---- the world with sagas ---------------------------------------------------- */

/* Opens it with this saga alone, and the tills a (100) and b (0) if it is new. */
void tills_open(struct world *world, const struct jangle_saga *saga);

/* The same with no tills made. */
bool tills_try_open(struct world *world, const struct jangle_saga *saga);

enum jangle_result tills_pay_out(struct world *world,
                                 const char *till,
                                 const char *move,
                                 const char *to,
                                 int64_t amount);

/* What is in a till, by its events alone. */
int64_t tills_content(struct world *world, const char *till);

/* How many events of that type there are in a till. */
int tills_count(struct world *world, const char *till, const struct jangle_message *type);

/* How many events of that type there are of that move, in all tills. */
int tills_count_of(struct world *world,
                   const struct jangle_message *type,
                   const char *move);

/* Of the saga's recorded steps, the first of that type: its result's name; "" if there is
 * none. */
const char *
tills_answer(struct world *world, const char *saga, const char *id, const char *type);

/* "open", "finished", "parked", or "none"; with the number of steps: "finished 2". */
const char *tills_saga(struct world *world, const char *saga, const char *id);

#endif

/* errand_told.h - a spec of an errand that does as it is told, and what it saw. */
#ifndef ERRAND_TOLD_H
#define ERRAND_TOLD_H

#include "support/domains/errand.h"

#include <jangle/testing.h>

extern const jangle_time noon, later;

/* A test's own: an errand that ann asked of bob, for 7 coins. */
extern struct jangle_spec *spec;

/* By note_turn, in the last run. */
extern struct seen {
    int runs;
    jangle_time at;
    int attempt;
    int64_t coins;
} seen;

void note_turn(const struct jangle_turn *turn, const void *state);

/* A test fails unless its spec holds to the last word. */
int open_spec(void **state);
int close_spec(void **state);
#define TOLD_TEST(test) cmocka_unit_test_setup_teardown(test, open_spec, close_spec)

/* It takes coins from bob; handing them to ann comes to that result; it would time out
 * `later`. */
void fail_with(enum jangle_result result);

/* Finishes, then takes coins from bob. */
enum jangle_result finish_then_send(struct jangle_turn *turn,
                                    const void *state,
                                    const struct jangle_event *event);

/* ---- for complaints ---------------------------------------------------------- */

/* `spec` is the errand that ann asked of bob; or that of a told saga. */
void begin_errand(void);
void begin_told(jangle_react_fn *agreed);

/* It is declined, which ann is told; and this names it. */
void decline_errand(void);
void then_failure_is_told(void);

/* In 5000 ms. */
enum jangle_result ask_for_another_run(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event);

/* Takes coins from bob and asks him, until `noon`; or gives them back, once it is
 * changed. */
enum jangle_result change_its_mind(struct jangle_turn *turn,
                                   const void *state,
                                   const struct jangle_event *event);
extern bool told_changed;
extern const char *told_errand_id; /* in its commands: "e1" */

/* A turn of it fails, and is run again, changed. */
void fail_and_change(void);

#endif

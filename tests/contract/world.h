/* world.h - what the tests of the contracts stand on: a store that was just opened, and
 * short ways to write to it and to show what is in it. */
#ifndef WORLD_H
#define WORLD_H

#include "contract/contract.h"
#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/view_store.h>

#include <stdio.h>

struct world {
    const struct backend *backend;
    char directory[TEMP_PATH_SIZE];
    char path[TEMP_PATH_SIZE];
    struct test_host host;
    struct jangle_stores stores;
    struct jangle_store *store;
    struct jangle_snapshot_store *snapshots;
    struct jangle_error error; /* of the last call that was made through this header */
    char shown[16384];         /* by the last show_ */
};

/* A test of a contract: world in, world out. */
#define WORLD_TEST(name)                                                                 \
    {                                                                                    \
#name, name, world_setup, world_teardown, NULL                                   \
    }

int world_setup(void **state);
int world_teardown(void **state);

/* Runs a table of tests on a backend. */
int world_run(const char *title,
              const struct CMUnitTest *tests,
              size_t count,
              const struct backend *backend);

/* Close and open again, if that is to make no difference; else nothing. */
void world_reopen(struct world *world);

/* Open another store, at the same path or another one, as another program would. */
struct jangle_stores world_open_another(struct world *world, const char *path);
void world_close_another(struct jangle_stores *stores);

/* Close, have the backend damage what it stored at that position, and open again. */
void world_damage(struct world *world, int64_t position);

/* Do it in so many other processes at once, each of which has a store of its own and dies
 * without closing it. Asserts that it was done in all. */
void world_in_other_processes(struct world *world,
                              int count,
                              void (*work)(struct world *world));

/* The same in one process, while this one has the store open: close and open again, with
 * a process beside it that works and dies when world_let_die is called, and not before.
 */
struct world_mortal {
    pid_t child;
    int go; /* a pipe to it */
};
struct world_mortal world_beside_a_mortal(struct world *world,
                                          void (*work)(struct world *world));
void world_let_die(struct world_mortal *mortal);

/* In another process: do `work`, then fork a child off that does `abandon` and lives on;
 * die. Returns a pipe: the child lives until it is closed. */
int world_outlive(struct world *world,
                  void (*work)(struct world *world),
                  void (*abandon)(struct world *world));

/* ---- writing ----------------------------------------------------------------- */

/* An event of account/ID; version 0: at its stream's end. */
struct jangle_record record_of(const char *id, int64_t version);

/* One that holds something else: of KIND, of that type. */
struct jangle_record typed_record(const char *kind, const char *id, const char *type);

/* Commits of one part. Each asserts that the group was done, and returns the result of
 * the part; that of a step must be OK. */
enum jangle_result commit_append(struct world *world, struct jangle_append *append);
enum jangle_result commit_checkpoint(struct world *world,
                                     struct jangle_checkpoint *checkpoint);
enum jangle_result commit_saga(struct world *world, struct jangle_saga_record *saga);
void commit_step(struct world *world, struct jangle_delivery_step *step);

/* The whole group; asserts that it was done. */
void commit_group(struct world *world, struct jangle_group *group);

/* One record in one append. */
enum jangle_result commit_record(struct world *world, struct jangle_record record);

/* So many events at the end of account/ID, in one append, which must be OK. */
void store_events(struct world *world, const char *id, int count);

/* Move a subscriber; parked may be NULL. Must be OK. */
void move_checkpoint(struct world *world,
                     const char *subscriber,
                     int64_t from,
                     int64_t to);
void park(struct world *world, const struct jangle_parked *parked);

/* ---- showing: as text, to be compared; valid until the next show_ ------------ */

/* "1:account/a@1 2:account/a@2" */
const char *show_stream(struct world *world, const char *id, int64_t version);
const char *show_all(struct world *world, int64_t position, size_t limit);

/* "key@position", those that are dead "key@position!". */
const char *
show_parked(struct world *world, const char *subscriber, int64_t now, size_t limit);

/* "printer=3 sender=0" */
const char *show_checkpoints(struct world *world);

/* "printer=paused(Ann: ink) sender=goes on(Bob: )"; of the name "": "=paused(...)" */
const char *show_pauses(struct world *world);

/* "credit=OK(reply)" */
const char *show_delivery(struct world *world, const char *subscriber, int64_t position);

/* "transfer/a@2(credit note)", or "NOT_FOUND" */
const char *show_saga(struct world *world, const char *saga, const char *id);

/* "transfer/a@2" */
const char *show_due(struct world *world, int64_t now, size_t limit);
const char *show_sagas(struct world *world,
                       const char *saga,
                       enum jangle_saga_status status,
                       const char *id,
                       size_t limit);

int64_t head_of(struct world *world);
int64_t version_of(struct world *world, const char *kind, const char *id);

/* -1: it has no checkpoint. */
int64_t checkpoint_of(struct world *world, const char *subscriber);

/* -1: nothing is stored under it. */
int64_t position_of_command(struct world *world, const char *command_id);

/* ---- visits ------------------------------------------------------------------ */

/* Counts, and tells to stop with CANCELLED after so many. */
struct counting {
    size_t count;
    size_t stop_after; /* 0: never */
};

enum jangle_result count_record(void *context, const struct jangle_record *record);
enum jangle_result count_parked(void *context, const struct jangle_parked *parked);
enum jangle_result count_checkpoint(void *context,
                                    const struct jangle_checkpoint *checkpoint);
enum jangle_result count_step(void *context, const struct jangle_delivery_step *step);
enum jangle_result count_saga(void *context, const struct jangle_saga_record *saga);

#endif

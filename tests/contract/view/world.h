/* world.h - what the tests of views stand on: a view that was just made, and short
 * ways to write to it and to ask it. */
#ifndef VIEW_WORLD_H
#define VIEW_WORLD_H

#include "contract/contract.h"
#include "support/temp_directory.h"
#include "support/test.h"
#include "support/test_host.h"

#include "base/arena.h"

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/view_store.h>
#include <jangle/view.h>

#include <stdio.h>

struct view_world {
    const struct backend *backend;
    char directory[TEMP_PATH_SIZE];
    char path[TEMP_PATH_SIZE];
    struct test_host host;
    struct jangle_view_store *views;
    struct jangle_view_spec spec; /* of the view "ledger" */
    struct jangle_view_file *file;
    struct jangle_view *view; /* while a batch is open */
    struct jangle_arena arena;
    struct jangle_error error; /* of the last call that was made through this header */
};

#define VIEW_TEST(name)                                                                  \
    {                                                                                    \
#name, name, view_world_setup, view_world_teardown, NULL                         \
    }

/* Two that every program with views has: in files, and in memory. */
extern const struct backend views_in_files, views_in_memory;

int view_world_setup(void **state);
int view_world_teardown(void **state);

/* Runs a table of tests on a backend. */
int view_world_run(const char *title,
                   const struct CMUnitTest *tests,
                   size_t count,
                   const struct backend *backend);

/* Close the view and its store, and open both again: nothing, if that would lose it. */
void view_world_reopen(struct view_world *world);

/* Open a store or a view once more, as another program would; close them yourself. */
struct jangle_view_store *open_views(struct view_world *world);
struct jangle_view_file *open_view(struct view_world *world,
                                   struct jangle_view_store *views);

/* ---- in a batch -------------------------------------------------------------- */

/* Must be OK. */
void begin(struct view_world *world);
void enter(struct view_world *world, bool alone);

/* The handler returns `result`; the error is the world's. */
enum jangle_result leave(struct view_world *world, enum jangle_result result);

/* Move the place, with no parked keys. */
enum jangle_result commit(struct view_world *world, int64_t from, int64_t to);

/* Run SQL as a handler would; stuck errors show when it leaves. */
enum jangle_result run(struct view_world *world, const char *sql);

/* A whole batch, of one handler that runs `sql`. Must be OK. */
void handled(struct view_world *world, int64_t from, int64_t to, const char *sql);

/* As `handled`, in another file. */
void handled_in(struct view_world *world,
                struct jangle_view_file *file,
                int64_t from,
                int64_t to,
                const char *sql);

/* ---- what is there ----------------------------------------------------------- */

/* A question that counts: "SELECT count(*) FROM accounts". Must be OK. */
int64_t
number_in(struct view_world *world, struct jangle_view_file *file, const char *sql);
int64_t number(struct view_world *world, const char *sql);

/* Its place must be readable. */
struct jangle_view_checkpoint checkpoint_in(struct view_world *world,
                                            struct jangle_view_file *file);
int64_t position(struct view_world *world);

/* The last error's sentence must contain that. */
void assert_said(const struct view_world *world, const char *words);

#endif

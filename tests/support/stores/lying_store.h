/* lying_store.h - a store that keeps all clauses of its contract but one.
 *
 * It passes everything on to an honest store. A lie puts another function in the place
 * of one operation; the suites of tests/contract must find it out, in a test of that
 * clause's number. */
#ifndef LYING_STORE_H
#define LYING_STORE_H

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/support.h>
#include <jangle/plugin/view_store.h>

struct lie {
    const char *clause;            /* "ST-5" */
    const char *what;              /* it does */
    bool in_file;                  /* can be found out only in a durable store */
    struct jangle_store_ops store; /* what is not NULL replaces the honest one */
    struct jangle_snapshot_store_ops snapshots;
    struct jangle_view_store_ops views;
};

/* End with {0}. */
extern const struct lie lies_commit[], lies_read[], lies_row[], lies_pause[], lies_look[];
extern const struct lie lies_catalogue[];
extern const struct lie lies_snapshot[];
extern const struct lie lies_view[];

struct lying {
    struct jangle_storage storage; /* the honest one */
    const struct lie *lie;         /* NULL: none */
};

/* `lying` must live until what is opened is closed. */
struct jangle_storage lying_storage(struct lying *lying);

/* ---- for those who make up lies ---------------------------------------------- */

struct lying_store {
    struct jangle_store base;
    struct jangle_store_ops ops;
    struct jangle_store *real;
    struct jangle_allocator allocator;
    _Atomic int calls; /* of the operation that lies, if it counts */
};

struct lying_snapshots {
    struct jangle_snapshot_store base;
    struct jangle_snapshot_store_ops ops;
    struct jangle_snapshot_store *real;
    struct jangle_allocator allocator;
};

/* From now on the views tell these lies, and so do their files; one store a process. */
void lie_about_views(struct jangle_view_store *views,
                     const struct jangle_view_store_ops *lies);

/* Pass all on; for a store that has them. */
extern const struct jangle_store_look_ops honest_look_ops;

struct lying_store *lying_store_of(struct jangle_store *store);
struct jangle_store *honest_store(struct jangle_store *store);
struct jangle_snapshot_store *honest_snapshots(struct jangle_snapshot_store *snapshots);

#endif

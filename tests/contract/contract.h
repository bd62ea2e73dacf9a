/* contract.h - what every backend must pass: the numbered clauses of
 * include/jangle/plugin, a test or more each, named after the clause. */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <jangle/plugin/storage.h>

struct backend {
    const char *name;

    /* The same path, the same data, if it is durable. The path is borrowed. */
    struct jangle_storage (*storage)(const char *path);

    /* Is what it keeps there when its process is gone? */
    bool durable;

    /* Change a byte of a stored event, behind the closed store's back. NULL: there is
     * nothing to reach. */
    void (*damage)(const char *path, int64_t position);
};

/* Each runs a group of tests, and returns how many have failed. */
int store_contract(const struct backend *backend);
int snapshot_store_contract(const struct backend *backend);
int view_store_contract(const struct backend *backend);

#endif

/* checkpoints.h - write checkpoints, parked keys and delivery steps in a transaction, and
 * read parked keys and delivery steps. Each is checked before anything is written, so
 * that CONFLICT and INVALID leave nothing behind. Any other failure sets `broken` of the
 * run. */
#ifndef JN_SQLITE_CHECKPOINTS_H
#define JN_SQLITE_CHECKPOINTS_H

#include "sqlite/store/sqlite_store.h"

/* Write the row of a checkpoint in the place of the old one. */
enum jangle_result jn_checkpoint_write(struct jn_database *writer,
                                       const struct jn_stored_subscriber *stored,
                                       const struct jangle_checkpoint *checkpoint,
                                       struct jangle_error *error);

/* Write a checkpoint with its parked keys. */
enum jangle_result jn_group_write_checkpoint(struct jn_run *run,
                                             const struct jangle_checkpoint *checkpoint,
                                             struct jangle_error *error);

/* Write a delivery step. The receipt (may be NULL) is that of its append. */
enum jangle_result jn_step_write(struct jn_run *run,
                                 const struct jangle_delivery_step *sent,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error);

jangle_store_read_parked_fn jn_sqlite_read_parked;
jangle_store_read_delivery_fn jn_sqlite_read_delivery;

#endif

/* checkpoints.h - writing how far subscribers are: checkpoints, parked keys, what was
 * sent. */
#ifndef JN_SQLITE_CHECKPOINTS_H
#define JN_SQLITE_CHECKPOINTS_H

#include "sqlite/store/sqlite_store.h"

/* Put a checkpoint in the place of the old one, in a transaction. */
enum jangle_result jn_checkpoint_write(struct jn_database *writer,
                                       const struct jn_standing *standing,
                                       const struct jangle_checkpoint *checkpoint,
                                       struct jangle_error *error);

/* Check first and write then: CONFLICT and INVALID come before anything is
 * written. Any other failure leaves the run broken. */
enum jangle_result jn_group_write_checkpoint(struct jn_run *run,
                                             const struct jangle_checkpoint *checkpoint,
                                             struct jangle_error *error);

/* Check first and write then: CONFLICT and INVALID come before anything is
 * written. Any other failure leaves the run broken. */
enum jangle_result jn_step_write(struct jn_run *run,
                                 const struct jangle_delivery_step *sent,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error);

#endif

/* batch_single.h - new events one by one: each has a move of its own. */
#ifndef JN_BATCH_SINGLE_H
#define JN_BATCH_SINGLE_H

#include "dispatch/batch.h"

/* Handle the batch's events one by one: a view's each in a transaction of its own, those
 * of others in none. */
enum jangle_result jn_batch_singly(struct jn_batch *batch, struct jangle_error *error);

#endif

/* saga_info.h - what people are shown of a saga. */
#ifndef JN_SAGA_INFO_H
#define JN_SAGA_INFO_H

#include "saga/saga.h"

/* Fill it in from the saga; its steps, if they are wanted, are in the saga's arena, which
 * remembers that memory ran out. Attempts, and a newer reason, are in the parked row of
 * the open turn, which the caller adds. */
void jn_saga_describe(struct jangle_saga_info *info,
                      const struct jn_saga *saga,
                      bool with_steps);

#endif

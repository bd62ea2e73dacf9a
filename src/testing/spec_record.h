/* spec_record.h - a message of a spec as it would be stored. */
#ifndef JN_SPEC_RECORD_H
#define JN_SPEC_RECORD_H

#include "testing/spec.h"

/* As it would be stored, in `arena`. False: it complained. */
bool jn_spec_encode(struct jangle_here here,
                    struct jangle_arena *arena,
                    const struct jangle_message *type,
                    const void *data,
                    struct jn_spec_message *message);

/* The next record of the log that a saga or a subscriber follows. */
void jn_spec_record(struct jangle_spec *spec,
                    const struct jn_spec_message *message,
                    struct jangle_record *record);

#endif

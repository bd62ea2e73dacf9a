/* spec_record.h - what a store would hold of a spec: its messages as they would be
 * stored, the state of its aggregate, and its saga. */
#ifndef JN_SPEC_RECORD_H
#define JN_SPEC_RECORD_H

#include "testing/spec.h"

/* Encode a message as it would be stored, in `arena`. False: it could not be encoded, and
 * the spec complained. */
bool jn_spec_encode(struct jangle_here here,
                    struct jangle_arena *arena,
                    const struct jangle_message *type,
                    const void *data,
                    struct jn_spec_message *message);

/* The record of a message as an event of that stream; its position is the version. */
struct jangle_record jn_spec_record_of(const struct jangle_spec *spec,
                                       const struct jn_spec_message *message,
                                       const char *kind,
                                       const char *id,
                                       int64_t version);

/* Make the next record of the log that a saga or a subscriber follows. */
void jn_spec_record(struct jangle_spec *spec,
                    const struct jn_spec_message *message,
                    struct jangle_record *record);

/* Apply an event to the state of the aggregate, as if it came from a store. */
void jn_spec_fold(struct jangle_here here, const struct jn_spec_message *message);

/* Load the saga of the spec as it would be stored: the event of an open turn is not in
 * its state. False: the state could not be made, and the spec complained. */
bool jn_spec_load_saga(struct jangle_here here, struct jn_saga *saga);

/* Keep the saga as it would be stored. */
void jn_spec_save_saga(struct jn_spec_saga *tried, struct jn_saga *saga);

#endif

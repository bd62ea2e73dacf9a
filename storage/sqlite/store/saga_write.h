/* saga_write.h - write a saga and its new steps in a transaction: first look, then
 * write. */
#ifndef JN_SQLITE_SAGA_WRITE_H
#define JN_SQLITE_SAGA_WRITE_H

#include "sqlite/store/sqlite_store.h"

/* The step as it is stored: position and version are those of the receipt (may be NULL)
 * if the step has none. */
struct jangle_step jn_step_with(const struct jangle_step *step,
                                const struct jangle_receipt *receipt);

/* The stored row of a saga; zeroed if there is none. */
struct jn_stored_saga {
    int64_t number;
    int64_t version;
    int64_t step_count;
    int64_t status;
    jangle_time due_at;
};

/* Look for the row that the record follows. CONFLICT if that is another version, INVALID
 * if the record can never be stored, STORAGE. Nothing is written. */
enum jangle_result jn_saga_look(const struct jn_run *run,
                                const struct jangle_saga_record *record,
                                struct jn_stored_saga *stored,
                                struct jangle_error *error);

/* Write what jn_saga_look let pass, with its new steps, before anything else writes that
 * saga. The last step takes position and version from the receipt, which may be NULL. Any
 * failure sets `broken` of the run. */
enum jangle_result jn_saga_put(struct jn_run *run,
                               const struct jangle_saga_record *record,
                               struct jn_stored_saga *stored,
                               const struct jangle_receipt *receipt,
                               struct jangle_error *error);

/* Both. CONFLICT and INVALID come before anything is written;
 * any other failure sets `broken` of the run. */
enum jangle_result jn_saga_write(struct jn_run *run,
                                 const struct jangle_saga_record *record,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error);

#endif

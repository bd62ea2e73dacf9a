/* check.h - messages are checked before they are sent, asked or emitted. */
#ifndef JN_CHECK_H
#define JN_CHECK_H

#include "message/codec.h"

/* Run the checks of the type and of what it contains, the inner ones first; the first
 * complaint is INVALID: "deposit_funds.amount: ...". A required text that is NULL, bad
 * UTF-8, or a list without its items never reaches a check. */
enum jangle_result jn_check_run(const struct jangle_message *type,
                                const void *data,
                                struct jangle_error *error);

/* Can it be an answer? Its texts may be NULL; one that is not UTF-8, or a list without
 * its items, is INVALID. */
enum jangle_result jn_check_answer(const struct jangle_message *type,
                                   const void *data,
                                   struct jangle_error *error);

#endif

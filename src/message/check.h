/* check.h - messages are checked before they are sent, asked or emitted. */
#ifndef JN_CHECK_H
#define JN_CHECK_H

#include "message/codec.h"

/* Run the check of the type, and before it those of the structs that it contains. The
 * first complaint is INVALID: "deposit_funds.amount: ...". So is a required text that is
 * NULL, a text that is not UTF-8, and a list with a count and no items: no check sees
 * those. */
enum jangle_result jn_check_run(const struct jangle_message *type,
                                const void *data,
                                struct jangle_error *error);

/* Can the struct be an answer? Its texts may be NULL. A text that is not UTF-8, and a
 * list with a count and no items, are INVALID. */
enum jangle_result jn_check_answer(const struct jangle_message *type,
                                   const void *data,
                                   struct jangle_error *error);

#endif

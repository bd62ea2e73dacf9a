/* show.h - a record that was read is shown to a function of the caller. */
#ifndef JN_VISIT_SHOW_H
#define JN_VISIT_SHOW_H

#include "aws/visit/visit.h"

/* `why` is why the record could not be read: then no function is called. Else the result
 * is what the function has returned. */
enum jangle_result jn_visit_show(const struct jn_visit *visit,
                                 jangle_aws_record_fn *function,
                                 const struct jn_visit_record *record,
                                 const struct jangle_error *why,
                                 struct jangle_error *error);

#endif

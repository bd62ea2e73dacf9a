/* record.h - one record of an event becomes a parcel. */
#ifndef JN_VISIT_RECORD_H
#define JN_VISIT_RECORD_H

#include "aws/visit/visit.h"

/* Read a record of an event of Lambda, of SQS or SNS. The message id of SQS is filled in
 * also if the rest fails. INVALID: it is none, or is malformed, and `error` says in
 * what. */
enum jangle_result jn_visit_record_read(struct jn_visit *visit,
                                        const struct jn_json_span *object,
                                        struct jn_visit_record *record,
                                        struct jangle_error *error);

/* Read what SNS posts to a web hook. */
enum jangle_result jn_visit_notice_read(struct jn_visit *visit,
                                        const struct jn_json_span *object,
                                        struct jn_visit_record *record,
                                        struct jangle_error *error);

#endif

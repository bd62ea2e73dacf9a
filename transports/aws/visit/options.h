/* options.h - a visit begins: its options are checked and made complete. */
#ifndef JN_VISIT_OPTIONS_H
#define JN_VISIT_OPTIONS_H

#include "aws/visit/visit.h"

/* INVALID: something is missing. Whatever the result is, finish it. */
enum jangle_result jn_visit_begin(struct jn_visit *visit,
                                  const char *json,
                                  const struct jangle_aws_visit_options *options,
                                  jangle_aws_record_fn *function,
                                  void *context,
                                  struct jangle_error *error);
void jn_visit_finish(struct jn_visit *visit);

#endif

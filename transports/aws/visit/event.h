/* event.h - the records of an event, one after the other. */
#ifndef JN_VISIT_EVENT_H
#define JN_VISIT_EVENT_H

#include "aws/visit/visit.h"

/* Called for each record. `why` says whether the record could be read, and why not. Any
 * result but OK ends the visit. */
typedef enum jangle_result jn_visit_each_fn(void *context,
                                            struct jn_visit_record *record,
                                            const struct jangle_error *why,
                                            struct jangle_error *error);

/* INVALID: the event is none that is known. Else OK, or what the function has
 * returned. */
enum jangle_result jn_visit_event(struct jn_visit *visit,
                                  const char *json,
                                  jn_visit_each_fn *each,
                                  void *context,
                                  struct jangle_error *error);

#endif

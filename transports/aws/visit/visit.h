/* visit.h - what the files of this folder share: a visit of an event, and one record of
 * it. */
#ifndef JN_VISIT_H
#define JN_VISIT_H

#include "aws/wire/room.h"

#include <jangle/plugin/json.h>
#include <jangle/transport/aws_visit.h>

enum {
    JN_VISIT_BODY_BYTES = 1 << 20,
    JN_VISIT_HEADERS = 64,
    JN_VISIT_HEADER_BYTES = 8 << 10,
    JN_VISIT_HEADERS_BYTES = 64 << 10, /* of all headers together */
};

struct jn_visit {
    struct jangle_aws_visit_options options; /* complete: defaults are filled in */
    void *context;
    struct jn_aws_room event;  /* holds what lives as long as the visit */
    struct jn_aws_room record; /* is emptied after each record */
};

/* One record. Its texts are in the visit's room for records. */
struct jn_visit_record {
    size_t number; /* in its event, from 1; 0: the event is one record itself */
    struct jangle_parcel parcel;
    struct jangle_header headers[JN_VISIT_HEADERS];
    size_t header_bytes;
    bool is_of_sqs;
    const char *message_id;                      /* of SQS; NULL: it has none */
    struct jn_json_span message_id_json;         /* the same, as the event has it */
    const char *group;                           /* in a FIFO queue; may be NULL */
    struct jangle_aws_subscription subscription; /* with a topic: it is no message */
};

#endif

/* aws.h - what the files of this transport share: its settings, the queues that it is
 * attached to, and the messages that it holds. */
#ifndef JN_AWS_H
#define JN_AWS_H

#include "aws/wire/room.h"
#include "aws/wire/text.h"

#include <jangle/plugin/support.h>
#include <jangle/transport/aws.h>

#include <jansson.h>
#include <stdatomic.h>
#include <sys/types.h>

enum {
    JN_AWS_CALL_MS = 25000,         /* how long a call may take that was told nothing */
    JN_AWS_CLOSE_MS = 2000,         /* how long closing may take */
    JN_AWS_BATCH_COUNT = 10,        /* messages of one request */
    JN_AWS_BATCH_BYTES = 256 << 10, /* of all messages of one request, with attributes */
    JN_AWS_BODY_BYTES = 128 << 10, /* as base64, and with 64 KiB of headers, that is still
                                      less than JN_AWS_BATCH_BYTES */
    JN_AWS_COPY_BYTES = 1 << 20, /* of a dead letter, which others may have sent: the most
                                    that Amazon lets a queue take */
    JN_AWS_VISIBILITY_MAX_S = 43200, /* Amazon's: 12 h since the message was received */
    JN_AWS_GIVE_BACK_S = 5 /* when a message comes again whose settlement has failed */
};

struct jn_aws_web;

/* ---- names --------------------------------------------------------------------- */

/* A topic or a queue that was found at the broker. */
struct jn_aws_name {
    struct jn_aws_name *next;
    bool is_topic;
    bool fifo;
    char *given; /* as our caller calls it */
    char *found; /* the ARN of a topic, the URL of a queue */
};

/* ---- receiving ----------------------------------------------------------------- */

/* A queue that is attached. There is at most one request for messages at a time. */
struct jn_aws_attached {
    struct jn_aws_attached *next;
    struct jn_aws *aws;
    char *name;
    char *url;
    char *dead; /* NULL: it has no dead-letter queue */
    int64_t retry_ms;
    struct jn_aws_request *poll; /* which waits for messages; NULL: none does */
    int64_t asked_us;            /* when `poll` began */
    enum jangle_result trouble;  /* of the last request, which `receive` has to tell */
    char why[JN_SENTENCE_MAX_SIZE];
};

/* A message that was received and is not settled. */
struct jn_aws_delivery {
    struct jn_aws_delivery *next;
    struct jn_aws_delivery *previous;
    struct jn_aws_attached *attached; /* NULL: the queue is no longer attached */
    json_t *kept;                     /* an array of what the texts below are in */
    struct jn_aws_room room;          /* what SNS has wrapped */
    const char *handle;               /* SQS' receipt */
    const char *message_id;           /* SQS' own */
    struct jn_aws_text body;          /* if it was base64 */
    struct jangle_header *headers;
    size_t header_room;
    int64_t received_us;
    int64_t until_us; /* it belongs to us until then */
    int more;         /* what was added to the attempts that SQS counts */
    bool lost;        /* it was given back, or somebody else may have it */
    struct jangle_parcel parcel;
};

/* A list with a head that is no delivery. */
struct jn_aws_deliveries {
    struct jn_aws_delivery head;
};

/* How many attempts a message had that was settled as AGAIN, beyond what SQS counts. */
struct jn_aws_counted {
    char message_id[64];
    int more; /* to be added to SQS' count */
};

enum { JN_AWS_COUNTED_MAX = 256 };

/* ---- the transport ------------------------------------------------------------- */

struct jn_aws {
    struct jangle_transport transport;
    const struct jangle_host *host;
    struct jangle_allocator allocator;
    struct jangle_aws_options options; /* complete: defaults are filled in */
    char region[32];
    char account[32]; /* ours; "": not asked for yet */
    char *name;
    pid_t process;
    atomic_bool woken;
    bool away;         /* the last request got no answer */
    int64_t looked_us; /* when the network was last looked at, before now */
    int64_t driven_us; /* when the last look ended */
    struct jn_aws_web *web;
    struct jn_aws_name *names;
    struct jn_aws_attached *attached;
    struct jn_aws_deliveries waiting; /* received, and not handed out */
    struct jn_aws_deliveries held;    /* handed out, and not settled */
    struct jangle_parcel *parcels;    /* what the last `receive` returned */
    struct jn_aws_counted counted[JN_AWS_COUNTED_MAX];
    size_t counted_next;
};

#endif

/* aws_driver.c - the fuzzer of what Amazon answers for those without libFuzzer: sound
 * answers, spoilt at random. */
#include "base/arena.h"
#include "fuzz/fuzz.h"
#include "fuzz/spoil.h"
#include "support/effort.h"
#include "support/failing_allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPOILT_EACH = 12, SIZE_MAX_BYTES = 16 * 1024 };

static const char *const answers[] = {
    "X<PublishBatchResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"
    "<PublishBatchResult><Successful><member><Id>0</Id><MessageId>m</MessageId></member>"
    "</Successful><Failed><member><Id>1</Id><Code>InternalError</Code></member></Failed>"
    "</PublishBatchResult></PublishBatchResponse>",
    "X<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>&lt;&#225;"
    "&gt;</Message></Error></ErrorResponse>",
    "{\"MessageId\":\"m\",\"ReceiptHandle\":\"h\",\"Body\":\"QUJD\",\"Attributes\":"
    "{\"ApproximateReceiveCount\":\"2\"},\"MessageAttributes\":{\"type\":{\"DataType\":"
    "\"String\",\"StringValue\":\"a.b\"},\"encoding\":{\"DataType\":\"String\","
    "\"StringValue\":\"base64\"},\"headers\":{\"DataType\":\"String\",\"StringValue\":"
    "\"[[\\\"one\\\",\\\"1\\\"],[\\\"two\\\",\\\"/"
    "wE=\\\",64],[\\\":key\\\",\\\"\\\"]]\"},"
    "\"attempt\":{\"DataType\":\"Number\",\"StringValue\":\"3\"}}}",
    "{\"MessageId\":\"m\",\"ReceiptHandle\":\"h\",\"Body\":\"{\\\"Type\\\":"
    "\\\"Notification\\\",\\\"MessageId\\\":\\\"i\\\",\\\"TopicArn\\\":\\\"arn:a\\\","
    "\\\"Timestamp\\\":\\\"2026\\\",\\\"Message\\\":\\\"<\\\\u00e1>\\\","
    "\\\"MessageAttributes\\\":{\\\"key\\\":{\\\"Type\\\":\\\"String\\\",\\\"Value\\\":"
    "\\\"k\\\"}}}\"}",
};

/* In a piece of memory of their own size, so that ASan sees a look beyond them. */
static void try_bytes(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_round(struct samples *random, uint8_t *bytes, int round)
{
    const char *answer = answers[(size_t)round % (sizeof answers / sizeof *answers)];
    size_t size = strlen(answer);

    memcpy(bytes, answer, size);
    try_bytes(bytes, size);
    for (int i = 0; i < SPOILT_EACH && size <= SIZE_MAX_BYTES; i++) {
        size = spoil(random, bytes, size);
        try_bytes(bytes, size);
    }
}

int main(void)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct samples random = {.state = effort_seed(), .arena = &arena};
    int rounds = effort_count(EFFORT_FORMATS_FUZZ);
    uint8_t *bytes = malloc((size_t)4 * SIZE_MAX_BYTES);

    if (!bytes)
        return 1;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    for (int i = 0; i < rounds; i++) {
        run_round(&random, bytes, i);
        jn_arena_reset(&arena);
    }
    jn_arena_finish(&arena);
    free(bytes);
    printf("%d answers, each spoilt %d times: refused, or sent and read the same\n",
           rounds, SPOILT_EACH);
    return 0;
}

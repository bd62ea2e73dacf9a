/* events_driver.c - the fuzzer of events for those without libFuzzer: sound ones, spoilt
 * at random. */
#include "fuzz/fuzz.h"

#include "fuzz/spoil.h"
#include "support/effort.h"
#include "unit/aws/shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPOILT_EACH = 8, SIZE_MAX_BYTES = 64 * 1024 };

static const char *const names[] = {
    "confirmation.json", "gateway.json",   "gateway_base64.json",
    "s3.json",           "scheduled.json", "s3_through_sns.json",
    "sns.json",          "sqs.json",       "sqs_fifo.json",
    "sqs_wrapped.json",  "web_hook.json"};

enum { NAMES = sizeof names / sizeof *names };

static void run_round(struct samples *random, uint8_t *bytes, const char *event)
{
    size_t size = strlen(event);

    memcpy(bytes, event, size);
    LLVMFuzzerTestOneInput(bytes, size);
    for (int i = 0; i < SPOILT_EACH && size <= SIZE_MAX_BYTES; i++) {
        size = spoil(random, bytes, size);
        LLVMFuzzerTestOneInput(bytes, size);
    }
}

int main(void)
{
    struct samples random = {.state = effort_seed()};
    int events = effort_count(EFFORT_EVENTS_FUZZ);
    uint8_t *bytes = malloc((size_t)2 * SIZE_MAX_BYTES);
    char *texts[NAMES];

    fflush(stdout);
    for (size_t i = 0; i < NAMES; i++) {
        texts[i] = shown_file(EVENTS, names[i]);
        if (!texts[i] || !bytes)
            return 1;
    }
    for (int i = 0; i < events; i++)
        run_round(&random, bytes, texts[i % NAMES]);
    for (size_t i = 0; i < NAMES; i++)
        free(texts[i]);
    free(bytes);
    printf("%d events, each spoilt %d times: refused, or visited within the limits\n",
           events, SPOILT_EACH);
    return 0;
}

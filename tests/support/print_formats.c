/* print_formats.c - prints the examples that docs/formats.md holds: one message, as each
 * format writes it. In SQS MEGA's formats it says more. */
#include "base/arena.h"
#include "support/contents.h"
#include "support/failing_allocator.h"

#include <stdio.h>
#include <string.h>

static const struct jangle_contents deposited = {
    .id = "0190a5c0-5d8a-7cc1-8f2e-3a1b5c7d9e0f",
    .source = "/bank",
    .type = "funds_deposited",
    .type_version = 2,
    .role = JANGLE_ROLE_EVENT,
    .key = "account/17",
    .subject = "17",
    .version = 4,
    .position = 1042,
    .at = {1695204597220432},
    .origin = {.correlation_id = "c-1",
               .causation_id = "c-2",
               .actor = "natalie",
               .trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    .data = "{\"amount\":500,\"note\":\"caf\xc3\xa9\"}",
    .extra = ""};

static const char mega_extra[] =
    "{\"domain\":\"bank\",\"object\":{\"type\":\"account\",\"id\":\"17\",\"current\":"
    "{\"balance\":1500}},\"extra\":{\"channel\":\"web\"}}";

static int print_parcel(const struct jangle_format *format)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jangle_parcel parcel = {0};
    struct jangle_contents contents = deposited;
    struct jangle_error error = {0};

    if (!strncmp(format->name, "mega", strlen("mega")))
        contents.extra = mega_extra;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    if (format->encode(format, &arena, &contents, &parcel, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("```text %s\n", format->name);
    if (parcel.content_type)
        printf("content-type: %s\n", parcel.content_type);
    for (size_t i = 0; i < parcel.header_count; i++)
        printf("%s: %s\n", parcel.headers[i].name, parcel.headers[i].value);
    if (parcel.content_type || parcel.header_count)
        printf("\n");
    printf("%.*s\n```\n", (int)parcel.body_size, (const char *)parcel.body);
    jn_arena_finish(&arena);
    return 0;
}

int main(void)
{
    int status = 0;

    for (size_t i = 0; i < EVERY_FORMAT; i++)
        status |= print_parcel(every_format[i]);
    return status;
}

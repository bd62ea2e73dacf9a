/* pattern_driver.c - the fuzzer of patterns for those without libFuzzer: sound patterns
 * and documents, spoilt at random. */
#include "fuzz/fuzz.h"

#include "fuzz/spoil.h"
#include "support/effort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPOILT_EACH = 8, SIZE_MAX_BYTES = 16 * 1024 };

static const char *const patterns[] = {
    "domain: 'shopping_cart', name: match('item[.].*'), version: one_of(1, 2),"
    "item_id: not(empty()), quantity: gt(0), object: {type: 'shopping_cart'}",
    "{'timestamp': gte(DateTime('2020-01-01T10:00Z')), 'a': in_([null, true, 5.0]),}",
    "a: [gt(0), {b: 'c'}, any(), [1, 2]], b: match([1, 'x', or(lt(-1), "
    "decimal('5.00'))])",
    "subject = match(r'(\\d+|[a-f]*)+$'), extra = dict(channel=neq('web'), x=any_())",
    "and(not(one_of('a', gt(0.5e3))), lte(Number(\"7\")), match(\"\\u00e9\\n\"))",
    "name: String('a'), n: Null(null), c: Collection([1, Boolean(true)]), m: Mapping({})",
};

static const char *const documents[] = {
    "{\"event\":{\"domain\":\"shopping_cart\",\"name\":\"item.added\",\"version\":2,"
    "\"timestamp\":\"2021-03-04T15:53:23.123\",\"item_id\":\"61f\",\"quantity\":5},"
    "\"object\":{\"type\":\"shopping_cart\"},\"extra\":{\"channel\":\"web\"}}",
    "{\"event\":{\"name\":\"a\",\"version\":2,\"timestamp\":1614873207823456,"
    "\"subject\":\"12ab\",\"attributes\":{\"a\":[2,{\"b\":\"c\"},[2,1],null],"
    "\"b\":[\"x\",1,5.0,-2e3]}},\"extra\":{\"n\":null,\"c\":[true,1.0],\"m\":{}}}",
    ("{\"a\":null,\"b\":[\"x\",1,5.00],\"subject\":\"aaaa!\",\"n\":[],\"c\":"
     "\"\\u00e9\\n\"}"),
    "\"\\u00e9\\nx\"",
    "[500.1, \"7\", 1e-3]",
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

static void run_round(struct samples *random, uint8_t *bytes)
{
    const char *pattern =
        patterns[sample_below(random, sizeof patterns / sizeof *patterns)];
    const char *document =
        documents[sample_below(random, sizeof documents / sizeof *documents)];
    size_t size = strlen(pattern);

    memcpy(bytes, pattern, size);
    memcpy(bytes + size, "\n\n", 2);
    memcpy(bytes + size + 2, document, strlen(document));
    size += 2 + strlen(document);
    try_bytes(bytes, size);
    for (int i = 0; i < SPOILT_EACH && size <= SIZE_MAX_BYTES; i++) {
        size = spoil(random, bytes, size);
        try_bytes(bytes, size);
    }
}

int main(void)
{
    struct samples random = {.state = effort_seed()};
    int rounds = effort_count(EFFORT_PATTERN_FUZZ);
    uint8_t *bytes = malloc((size_t)2 * SIZE_MAX_BYTES);

    if (!bytes)
        return 1;
    fflush(stdout);
    for (int i = 0; i < rounds; i++)
        run_round(&random, bytes);
    free(bytes);
    printf("%d patterns, each spoilt %d times: refused, or judged twice alike\n", rounds,
           SPOILT_EACH);
    return 0;
}

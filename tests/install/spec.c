/* spec.c - a stranger's test, with jangle_testing. Its last line must not hold. */
#include "counter.h"

#include <jangle/testing.h>

int main(void)
{
    struct jangle_spec *spec = jangle_spec_aggregate(&counter_aggregate, "one");

    jangle_given(spec, counted_up, .by = 90, .total = 90);
    jangle_when(spec, count_up, .counter_id = "one", .by = 5);
    jangle_then(spec, counted_up, .by = 5, .total = 95);
    jangle_when(spec, count_up, .counter_id = "one", .by = 6);
    jangle_then_rejected(spec, "it counts upwards, to 100");
    if (jangle_spec_close(spec))
        return 1;

    spec = jangle_spec_aggregate(&counter_aggregate, "one");
    jangle_when(spec, count_up, .counter_id = "one", .by = 5);
    jangle_then_nothing(spec);
    return jangle_spec_close(spec) ? 0 : 1;
}

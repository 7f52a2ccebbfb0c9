#include "live/costs.h"

void costs_init(struct costs *costs)
{
    *costs = (struct costs){
        .network = histogram_new(),
        .write = histogram_new(),
        .flush = histogram_new(),
    };
}

void costs_done(struct costs *costs)
{
    histogram_free(costs->network);
    histogram_free(costs->write);
    histogram_free(costs->flush);
    *costs = (struct costs){ 0 };
}

static void add_to_line(struct cost_line *line, const struct wire_cost *cost)
{
    double bytes = (double)cost->bytes, ns = (double)cost->ns;
    line->count += 1;
    line->bytes += bytes;
    line->ns += ns;
    line->bytes_squared += bytes * bytes;
    line->bytes_ns += bytes * ns;
}

void costs_add(struct costs *costs, const struct wire_cost *cost, bool server)
{
    switch ((enum cost_kind)cost->kind) {
    case COST_NETWORK:
        histogram_add(costs->network, cost->ns);
        break;
    case COST_WRITE:
        histogram_add(costs->write, cost->ns);
        break;
    case COST_FLUSH:
        histogram_add(costs->flush, cost->ns);
        break;
    case COST_CPU:
        if (server)
            add_to_line(&costs->cpu, cost);
        break;
    }
}

void costs_cpu(const struct costs *costs, uint64_t *ret_per_message_ns, uint64_t *ret_per_byte_ps)
{
    const struct cost_line *line = &costs->cpu;
    double slope = 0, level = 0;
    if (line->count > 0) {
        double spread = line->count * line->bytes_squared - line->bytes * line->bytes;
        double common = line->count * line->bytes_ns - line->bytes * line->ns;
        slope = spread > 0 && common > 0 ? common / spread : 0;
        level = (line->ns - slope * line->bytes) / line->count;
    }
    if (level < 0) { /* a line through the origin then */
        level = 0;
        slope = line->bytes > 0 ? line->ns / line->bytes : 0;
    }
    cs_assert(level >= 0);
    cs_assert(slope >= 0);
    *ret_per_message_ns = (uint64_t)(level + 0.5);
    *ret_per_byte_ps = (uint64_t)(slope * 1000 + 0.5);
}

/* series.csv: a row for each window; latency.hgrm: the latency of the measured interval. */
#include <inttypes.h>
#include <string.h>

#include "report/internal.h"

enum { MILLISECOND_NS = 1000000 };

/* A name as a field's beginning: commas, quotes and line ends would break the header. */
static void write_field_name(const char *name, const char *column, FILE *file)
{
    g_autofree char *plain = g_strdup(name);
    g_strdelimit(plain, ",\"\r\n", '_');
    fprintf(file, ",%s.%s", plain, column);
}

static void write_header(const struct run_report *report, FILE *file)
{
    static const char *const columns[] = { "role",       "term",       "commit",  "inbox",
                                           "bytes_sent", "disk_bytes", "flushes", "cpu",
                                           "cores",      "jobs",       "nic_out", "nic_out_ms",
                                           "nic_in",     "nic_in_ms",  "disk",    "disk_ms",
                                           "disk_queue", "link",       "link_ms" };
    fputs("t_s,phase,ok,failed,unknown,p50_ms,p95_ms,p99_ms,p99_9_ms,max_ms", file);
    for (uint32_t i = 0; i < report->samples.instance_count; i++) {
        for (size_t c = 0; report_is_server(report, i) && c < G_N_ELEMENTS(columns); c++)
            write_field_name(report_instance_name(report, i), columns[c], file);
    }
    fputc('\n', file);
}

static void write_window(const struct metrics_window *window, FILE *file)
{
    char buffer[FIXED_TEXT_MAX];
    fprintf(file, "%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64, seconds_text(buffer, window->start_ns),
            phase_name(window->phase), window->counts.ok, window->counts.failed,
            window->counts.unknown);
    const uint64_t latencies[] = { window->p50_ns, window->p95_ns, window->p99_ns, window->p99_9_ns,
                                   window->max_ns };
    for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
        fprintf(file, ",%s",
                window->latency_count > 0 ? milliseconds_text(buffer, latencies[i]) : "");
    }
}

static void write_share(uint32_t ppm, FILE *file)
{
    char buffer[FIXED_TEXT_MAX];
    fprintf(file, ",%s", fixed_text(buffer, ppm, 6, 4));
}

static void write_sample(const struct sample *sample, FILE *file)
{
    const struct resource_use *use = sample->use;
    fprintf(file, ",%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
            report_role_name(sample->up, sample->role), sample->term, sample->commit_index,
            use[RESOURCE_CPU].waiting, sample->bytes_sent, sample->disk_bytes, sample->flushes);
    write_share(use[RESOURCE_CPU].busy_ppm, file);
    write_share(use[RESOURCE_CORES].busy_ppm, file);
    fprintf(file, ",%" PRIu64, use[RESOURCE_CORES].waiting);
    for (int r = RESOURCE_NIC_OUT; r <= RESOURCE_LINK; r++) {
        char buffer[FIXED_TEXT_MAX];
        write_share(use[r].busy_ppm, file);
        fprintf(file, ",%s", milliseconds_text(buffer, use[r].waiting));
        if (r == RESOURCE_DISK)
            fprintf(file, ",%" PRIu32, sample->disk_depth);
    }
}

void report_write_series(const struct run_report *report, FILE *file)
{
    const struct sample_table *table = &report->samples;
    cs_assert(report->metrics->window_count == table->window_count);
    write_header(report, file);
    for (size_t w = 0; w < table->window_count; w++) {
        write_window(&report->metrics->windows[w], file);
        for (uint32_t i = 0; i < table->instance_count; i++) {
            if (report_is_server(report, i))
                write_sample(&table->samples[w * table->instance_count + i], file);
        }
        fputc('\n', file);
    }
}

void report_write_hgrm(const struct run_report *report, FILE *file)
{
    histogram_write(report->metrics->measured.latency, MILLISECOND_NS, file);
}

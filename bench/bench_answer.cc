// bench_answer.cc -- the message path alone: how long an answer takes, by kind, size of the zone,
// and whether messages are answered one by one or in bursts.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "bench/bench_fixture.h"

namespace
{

constexpr size_t kSizes[] = {1000, 100000, 1000000};

struct Path {
	enum bench_path path;
	const char *name;
};
constexpr Path kPaths[] = {{BENCH_ONE, "one"}, {BENCH_BURST, "burst"}};

using Zone = std::unique_ptr<bench_zone, decltype(&bench_zone_free)>;
using Load = std::unique_ptr<bench_load, decltype(&bench_load_free)>;

// Benchmarks run in the order of their registration, so that one zone at a time is enough.
Zone zone{nullptr, bench_zone_free};
Load load{nullptr, bench_load_free};
size_t zone_size = 0;
enum bench_signing zone_signing = BENCH_UNSIGNED;
int load_kind = -1;

void
Prepare(size_t size, enum bench_kind kind)
{
	enum bench_signing signing = bench_kind_signing(kind);
	if (zone_size != size || zone_signing != signing) {
		load.reset();
		zone.reset();
		zone.reset(bench_zone_new(size, signing));
		zone_size = size;
		zone_signing = signing;
		load_kind = -1;
	}
	if (load_kind != kind) {
		load.reset();
		load.reset(bench_load_new(zone.get(), kind, BENCH_LOAD_LEN));
		load_kind = kind;
	}
}

void
Answer(benchmark::State &state, size_t size, enum bench_kind kind, enum bench_path path)
{
	Prepare(size, kind);
	for (auto _ : state) {
		bench_run(load.get(), path);
		benchmark::ClobberMemory();
	}
	using benchmark::Counter;
	double answers = static_cast<double>(state.iterations()) * BENCH_RUN_LEN;
	state.counters["answers"] = Counter(answers, Counter::kIsRate);
	state.counters["per_answer"] = Counter(answers, Counter::kIsRate | Counter::kInvert);
	state.counters["octets_per_name"] = static_cast<double>(bench_zone_octets(zone.get())) /
					    static_cast<double>(bench_zone_name_count(zone.get()));
}

void
RegisterZone(size_t size, enum bench_signing signing)
{
	for (int kind = 0; kind < BENCH_KIND_COUNT; kind++) {
		if (bench_kind_signing(static_cast<enum bench_kind>(kind)) == signing) {
			for (const Path &path : kPaths) {
				auto of_kind = static_cast<enum bench_kind>(kind);
				std::string name = std::string(bench_kind_name(of_kind)) + "/" +
						   std::to_string(size) + "/" + path.name;
				benchmark::RegisterBenchmark(name.c_str(), Answer, size, of_kind,
							     path.path);
			}
		}
	}
}

void
Register()
{
	for (size_t size : kSizes) {
		for (int signing = 0; signing < BENCH_SIGNING_COUNT; signing++)
			RegisterZone(size, static_cast<enum bench_signing>(signing));
	}
}

} // namespace

int
main(int argc, char **argv)
{
	Register();
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 2;
	benchmark::RunSpecifiedBenchmarks();
	benchmark::Shutdown();
	load.reset();
	zone.reset();
	return 0;
}

// The three-stage pathway as one loop written for nothing else: what a model costs when nothing general is paid for.
//
//   g++ -O3 -std=c++17 -o three_stage three_stage.cpp
//   ./three_stage NUMBERS END [LOG]
//
// NUMBERS holds four 64-bit whole numbers a patient: arrival and the three durations, in milliseconds, by arrival.
// Prints one line of JSON, as the other peers do. LOG gets the rows: patient, time, event, step, each 64 bits.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <queue>
#include <sys/resource.h>
#include <vector>

using Clock = std::chrono::steady_clock;

enum Kind : std::int8_t { ARRIVE, ASK, BEGIN, END, READY, LEAVE };  // as EVENTS in common.py

constexpr int STAGES = 3;
constexpr int CAPACITY[STAGES] = {4, 6, 40};

struct Numbers { std::int64_t arrival; std::int64_t duration[STAGES]; };

struct Row { std::int64_t time; std::int32_t patient; std::int8_t event; std::int8_t step; };

struct End {  // somebody's service ends
    std::int64_t time, order;
    std::int32_t patient;
    std::int8_t stage;
    bool operator<(const End& other) const {  // std::priority_queue puts the largest first
        return time != other.time ? time > other.time : order > other.order;
    }
};

struct Pathway {
    const std::vector<Numbers>& patients;
    std::vector<Row> log;
    std::priority_queue<End> ends;
    std::queue<std::int32_t> waiting[STAGES];
    int busy[STAGES] = {0, 0, 0};
    std::int64_t order = 0;

    explicit Pathway(const std::vector<Numbers>& numbers) : patients(numbers) {
        log.reserve(numbers.size() * (2 + 3 * STAGES));
    }

    void write(std::int64_t time, std::int32_t patient, Kind event, int step) {
        log.push_back({time, patient, event, static_cast<std::int8_t>(step)});
    }

    void begin(std::int64_t now, std::int32_t patient, int stage) {
        write(now, patient, BEGIN, stage + 1);
        ends.push({now + patients[patient].duration[stage], order++, patient, static_cast<std::int8_t>(stage)});
    }

    void ask(std::int64_t now, std::int32_t patient, int stage) {
        write(now, patient, ASK, stage + 1);
        if (busy[stage] < CAPACITY[stage]) {
            ++busy[stage];
            begin(now, patient, stage);
        } else {
            waiting[stage].push(patient);
        }
    }

    void end(std::int64_t now, std::int32_t patient, int stage) {
        write(now, patient, END, stage + 1);
        if (waiting[stage].empty()) {
            --busy[stage];
        } else {
            const std::int32_t next = waiting[stage].front();
            waiting[stage].pop();
            begin(now, next, stage);
        }
        if (stage + 1 < STAGES) {
            ask(now, patient, stage + 1);
        } else {
            write(now, patient, LEAVE, 0);
        }
    }

    void run(std::int64_t horizon) {
        std::size_t next = 0;
        while (true) {
            const bool arrival =
                next < patients.size() && (ends.empty() || patients[next].arrival <= ends.top().time);
            if (!arrival && ends.empty()) return;
            const std::int64_t now = arrival ? patients[next].arrival : ends.top().time;
            if (now >= horizon) return;
            if (arrival) {
                const auto patient = static_cast<std::int32_t>(next++);
                write(now, patient, ARRIVE, 0);
                ask(now, patient, 0);
            } else {
                const End done = ends.top();
                ends.pop();
                end(now, done.patient, done.stage);
            }
        }
    }
};

std::vector<Numbers> read_numbers(const char* path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const auto bytes = static_cast<std::size_t>(file.tellg());
    std::vector<Numbers> numbers(bytes / sizeof(Numbers));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(bytes));
    return numbers;
}

void keep(const std::vector<Row>& log, const char* path) {
    std::ofstream file(path, std::ios::binary);
    for (const Row& row : log) {
        const std::int64_t whole[4] = {row.patient, row.time, row.event, row.step};
        file.write(reinterpret_cast<const char*>(whole), sizeof whole);
    }
}

double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const auto reading = Clock::now();
    const std::vector<Numbers> numbers = read_numbers(argv[1]);
    const double draw = since(reading);
    const auto running = Clock::now();
    Pathway pathway(numbers);
    pathway.run(std::atoll(argv[2]));
    const double run = since(running);
    long long activities = 0;
    for (const Row& row : pathway.log) activities += row.event == BEGIN;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"seconds\": {\"draw\": %.9f, \"run\": %.9f}, \"activities\": %lld, \"rows\": %zu, \"peak_mb\": %.3f}\n",
                draw, run, activities, pathway.log.size(), static_cast<double>(usage.ru_maxrss) / 1024.0);
    if (argc > 3) keep(pathway.log, argv[3]);
    return 0;
}

// What the words in the name of a file or folder say about its sound: "engine2_broken", "NG", "AnomalousSound_IND",
// "case1_ab01", "no_fault". Private to the module. Thread rule: free functions, no state.
#pragma once

#include <string>
#include <string_view>

namespace auscult::dataset {

enum class Verdict { nothing, normal, fault };

/// A fault word outweighs a normal one ("normal_load_broken"); "no_fault" and "fault-free" are normal, "not_ok" is a
/// fault. Names of studies, such as "anomaly_detection", say nothing.
Verdict verdict_of_name(std::string_view name);

/// "pump 2" of "Pump_02_left" or "pump2": the kind of machine that a name states, with a number or letter directly
/// after it; empty if it states none.
std::string machine_of_name(std::string_view name);

}  // namespace auscult::dataset

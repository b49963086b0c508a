"""From printed rows to the committed file."""

import json
import os
import platform
import re
import statistics
import tempfile


def combine(printed, peak):
    """One row per implementation, device and case: medians over the rounds, in printed order."""
    groups = {}
    for _, found in printed:
        used_peak = peak if runs_on_cpu(found["machine"]["device"]) else None
        for row in found["results"]:
            key = (row["implementation"], row["device"], row["case"])
            groups.setdefault(key, (used_peak, []))[1].append(row)
    return [combined_row(rows, used_peak) for used_peak, rows in groups.values()]


def runs_on_cpu(device):
    """Whether the CPU's measured peak applies: OpenCL devices made of it carry its name."""
    return device == "cpu" or cpu_name() in device


def combined_row(rows, peak):
    first = rows[0]
    median = statistics.median(row["median_seconds"] for row in rows)
    rate = first["gflops"] * first["median_seconds"] / median if first.get("gflops") else None
    errors = [row["max_relative_error"] for row in rows
              if row.get("max_relative_error") is not None]
    return {
        **first, "median_seconds": median, "min_seconds": min(row["min_seconds"] for row in rows),
        "runs": sum(row["runs"] for row in rows), "gflops": round(rate, 2) if rate else None,
        "fraction_of_peak": round(rate / peak, 4) if rate and peak else first.get("fraction_of_peak"),
        "max_relative_error": max(errors) if errors else None,
    }


def is_tandem(name):
    return name.lower().startswith("tandem")


def ratios(printed):
    """Per case, device of Tandem and peer: the peer's time over Tandem's, formed in each round."""
    times = {}
    for number, found in printed:
        for row in found["results"]:
            who = (row["implementation"], row["device"])
            times.setdefault(row["case"], {}).setdefault(who, {})[number] = row["median_seconds"]
    listed = []
    for case, measured in times.items():
        for (name, device), ours in measured.items():
            for (peer, peer_device), theirs in measured.items():
                shared = sorted(set(ours) & set(theirs))
                if not is_tandem(name) or (peer, peer_device) == (name, device) or not shared:
                    continue
                values = [round(theirs[number] / ours[number], 3) for number in shared]
                listed.append({"case": case, "device": device, "peer": peer,
                               "peer_device": peer_device, "median": statistics.median(values),
                               "rounds": values})
    return listed


def machine_of(printed, threads, peak):
    """The machine's description, with the driver of every device that was used."""
    drivers = sorted({f"{found['machine']['device']}: {found['machine']['driver']}"
                      for _, found in printed})
    return {"cpu": cpu_name(), "cores": os.cpu_count(), "threads": threads, "device": "cpu",
            "driver": "; ".join(drivers), "measured_peak_gflops": peak,
            "system": f"{platform.system()} {platform.release()}"}


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines
                        if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def slug(machine):
    text = f"{machine['cpu']}-{machine['cores']}-cores"
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def write_atomically(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, suffix=".part") as file:
        json.dump(value, file, indent=1)
        file.write("\n")
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)

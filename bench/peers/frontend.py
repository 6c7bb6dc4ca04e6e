"""Log-mels by other people's programs: microseconds a frame. frontend.py NAME RAW_FLOAT32 | NAME --probe"""

import sys
import time

FFT, HOP, MELS, RATE = 1024, 512, 64, 16000


def lacking(package, error):
    print(f"python3-{package} is not installed for {sys.executable} ({error})")
    sys.exit(77)


def mel_bank(numpy):
    """librosa.filters.mel: Slaney's scale and area normalization."""
    def to_hz(mel):
        return numpy.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * numpy.exp((mel - 15.0) * numpy.log(6.4) / 27.0))
    top = 15.0 + numpy.log(8.0) * 27.0 / numpy.log(6.4)
    edges = to_hz(numpy.linspace(0.0, top, MELS + 2))
    hz = numpy.arange(FFT // 2 + 1) * RATE / FFT
    rising = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    return numpy.maximum(0.0, numpy.minimum(rising, falling)) * (2.0 / (edges[2:] - edges[:-2]))[:, None]


def with_numpy(numpy, sound):
    """As librosa: frames by striding, all in float32."""
    bank = mel_bank(numpy).astype(numpy.float32)
    window = (0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.arange(FFT) / FFT)).astype(numpy.float32)
    def work():
        frames = numpy.lib.stride_tricks.sliding_window_view(sound, FFT)[::HOP]
        power = numpy.abs(numpy.fft.rfft(frames * window)).astype(numpy.float32) ** 2
        return 10.0 * numpy.log10(power @ bank.T + 1e-10)
    return work


def with_torchaudio(numpy, sound, streaming):
    try:
        import torch
        import torchaudio
    except ImportError as error:
        lacking("torchaudio", error)
    torch.set_num_threads(1)
    mel = torchaudio.transforms.MelSpectrogram(RATE, n_fft=FFT, hop_length=HOP, n_mels=MELS, center=False, norm="slaney",
                                               mel_scale="slaney", f_max=RATE / 2)
    samples = torch.from_numpy(sound)
    if not streaming:
        return lambda: 10.0 * torch.log10(mel(samples) + 1e-10)
    def work():
        for at in range(0, len(samples) - FFT + 1, HOP):
            frame = 10.0 * torch.log10(mel(samples[at:at + FFT]) + 1e-10)
        return frame
    return work


def main():
    try:
        import numpy
    except ImportError as error:
        lacking("numpy", error)
    name = sys.argv[1]
    probe = sys.argv[2] == "--probe"
    sound = numpy.zeros(2 * FFT, numpy.float32) if probe else numpy.fromfile(sys.argv[2], numpy.float32)
    work = with_numpy(numpy, sound) if name == "numpy" else with_torchaudio(numpy, sound, name.endswith("streaming"))
    work()  # once to warm up
    start = time.process_time()
    work()
    print(1e6 * (time.process_time() - start) / (1 + (len(sound) - FFT) // HOP))


main()

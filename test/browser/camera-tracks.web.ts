/** Every camera's track that the page is given from now on. */
export function watchTracks(): MediaStreamTrack[] {
  const tracks: MediaStreamTrack[] = [];
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const media = await original(constraints);
    tracks.push(...media.getTracks());
    return media;
  };
  return tracks;
}

import type { Flow } from "../objects";

/** Addresses that every view of a flow carries. */
export function flowAddresses({ background, slug }: Flow) {
  return {
    background_url: background || "/static/dist/assets/images/flow_background.jpg",
    background_themed_urls: null,
    export_url: `/api/v3/flows/instances/${slug}/export/`,
  };
}

/** A flow as a stage lists it: without what hangs on it, and without the themes (Authentik's FlowSetSerializer). */
export function presentFlowSet(flow: Flow): object {
  const { background: _background, authentication: _authentication, ...shown } = flow;
  const { background_themed_urls: _themes, ...addresses } = flowAddresses(flow);
  return { ...shown, ...addresses };
}

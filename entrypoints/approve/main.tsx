/** The page of the window that asks: mounts the card of the question named in its address. */
import { Approve } from "#components/approve/Approve.tsx";
import { mount } from "#components/ui/page.tsx";

const approvalId = new URLSearchParams(location.search).get("id") ?? "none";
mount(<Approve approvalId={approvalId} close={() => window.close()} />);

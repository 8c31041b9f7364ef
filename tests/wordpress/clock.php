<?php
/* The plugin's clock: `Page::$now`, which scenarios let pass. */

namespace Alsoread\Queue {
	function time() {
		return \Page::$now;
	}
}
namespace Alsoread\Sender {
	function time() {
		return \Page::$now;
	}
}
namespace Alsoread\Fragments {
	function time() {
		return \Page::$now;
	}
}
namespace Alsoread\SendingTool {
	function time() {
		return \Page::$now;
	}
}
namespace Alsoread\Notices {
	function time() {
		return \Page::$now;
	}
}
namespace Alsoread\Posts {
	function time() {
		return \Page::$now;
	}
}
